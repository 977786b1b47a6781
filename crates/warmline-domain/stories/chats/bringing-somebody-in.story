# P2. Asked, briefed, joined, left: nobody starts over with a stranger.
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
10  ada leaves-them mira
  -> refused: There is nobody to leave the customer with.
11  ada proposes mira ben the loom stands
  -> refused: Ben has no room for a chat now.
12  ben is-here
  -> ben=away, ben=available
13  ada proposes mira ben
  -> refused: Your colleague would come in without knowing what it is about.
14  ada proposes mira ada it is me
  -> refused: That is you.
20  ada proposes mira ben the loom stands
  -> proposed
21  ben joins mira
  -> refused: You are not asked to join this chat (any more).
25  mira says-yes
  -> agreed=ben
30  ben declines mira
  -> not_joined
40  ada proposes mira support the loom stands
  -> proposed
42  mira says-yes
  -> agreed=ben
72  time comes
  -> not_joined
80  ada proposes mira ben the loom stands
  -> proposed
82  mira says-yes
  -> agreed=ben
85  ben joins mira
  -> joined=ben
86  ben writes mira
  -> we_wrote
88  ada writes mira
  -> we_wrote
90  ada leaves-them mira
  -> left
91  ada writes mira
  -> refused: A colleague has this chat.
95  ben ends mira
  -> ended=by_agent
