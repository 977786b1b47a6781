# An agent drafts, a supervisor publishes; what people were given is retired, never taken away.
0  ada writes draft
  -> written
1  ada writes draft text=Better.
  -> written
2  ada writes draft text=Better.
  ->
3  ada writes published text=Better.
  -> refused=permission
4  cy writes retired text=Better.
  -> refused=state
5  cy writes published text=Better.
  -> written
6  cy removes
  -> refused=state
7  cy writes draft text=Better.
  -> refused=state
8  cy writes retired text=Better.
  -> refused=needs_reason
9  cy writes retired text=Better. since The pump is not sold any more.
  -> written, told
10 cy writes published text=New.
  -> written
