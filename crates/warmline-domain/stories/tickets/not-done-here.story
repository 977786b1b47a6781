# What is not done here is not started; a supervisor may make an exception, and a price may be dropped.
0    maria writes Repair my phone
  -> opened, message_received, message_written
1    ada quotes-price 3
  -> charge/quoted
2    ada starts-work
  -> refused=state
3    cy excepts because the maker is gone
  -> charge/excepted
4    ada starts-work
  -> charge/started
5    ada records solution The part was changed.
  -> record/written
5    ada solves agreed
  -> record/solved, stage=solved
