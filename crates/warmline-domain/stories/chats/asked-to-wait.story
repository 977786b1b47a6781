# P1. Nobody looks at an empty page without having been asked.
0   ada is-here
  -> ada=away, ada=available
1   mira comes
  -> came, offered=ada
2   mira opens-the-page
  -> seen
3   ada takes mira
  -> taken=ada after 2 s
4   ada writes mira
  -> we_wrote
5   ada asks-for-minutes mira 45
  -> refused: Nobody should look at an empty page for 45 minutes.
6   ada asks-for-minutes mira 2
  -> asked_to_wait
7   ada asks-for-minutes mira 3
  -> refused: One thing after the other.
10  mira says-yes
  -> agreed
100 mira writes
  -> they_wrote
129 time comes
  -> 
130 time comes
  -> pressing=agent
220 time comes
  -> pressing=supervisors
230 ada writes mira
  -> back, 100 s over, we_wrote
240 ada asks-for-minutes mira 1
  -> asked_to_wait
250 mira says-no
  -> rather_not
260 ada ends mira
  -> ended=by_agent
