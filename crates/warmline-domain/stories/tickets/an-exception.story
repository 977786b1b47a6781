# A supervisor's exception is inside the limit, with a reason.
0    maria writes Please rescue my data
  -> opened, message_received, message_written
1    ada quotes-price 2
  -> charge/quoted
2    ada excepts pays=100 because she is a friend
  -> refused=permission
3    cy excepts pays=100
  -> refused=needs_reason
3    cy excepts pays=60 because we lost the first disk
  -> refused=state
3    cy excepts pays=120 because we lost the first disk
  -> refused=input
3    cy excepts pays=70 because we lost the first disk
  -> charge/excepted
4    ada starts-work
  -> charge/started
4    ada drops-charge because not needed
  -> refused=state
