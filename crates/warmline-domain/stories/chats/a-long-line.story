# With nobody free in time the answer goes by mail; a page that is gone ends it.
0   mira comes
  -> came
1   mira opens-the-page
  -> seen
5   omar comes critical
  -> came
6   omar opens-the-page
  -> seen
20  ada is-here
  -> ada=away, ada=available, offered=ada, offered=ada
21  lena comes
  -> came, offered=ada
22  ada declines omar
  -> declined
24  ada takes mira
  -> taken=ada after 24 s
30  omar closes-the-page
  -> gone
210 time comes
  -> pressing=agent, asked_around, not_taken=ada, offered=ada
211 time comes
  -> pressing=supervisors, ended=gone, ended=gone
300 ada goes-away
  -> ada=away
310 yuki comes
  -> came
311 yuki opens-the-page
  -> seen
620 mira leaves
  -> ended=by_customer
911 time comes
  -> ended=nobody_free
