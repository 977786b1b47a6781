# P3. Whoever talks has no chat beside it; whoever chats is not called.
0   policy at-once 1
  -> set
1   ada is-here
  -> ada=away, ada=available
2   ada has-a-phone
  -> devices_changed
3   mira comes
  -> came, offered=ada
4   omar comes
  -> came
5   ada takes mira
  -> taken=ada after 2 s
6   ada is-called
  -> arrived
10  ada writes mira
  -> we_wrote
12  ada ends mira
  -> ended=by_agent, offered
13  ada takes omar
  -> refused: You are on a call.
20  ada ends-the-call
  -> ended, offered=ada
