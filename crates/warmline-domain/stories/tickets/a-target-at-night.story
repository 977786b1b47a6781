# Nobody is alarmed at night by a target of office hours; it begins when the office opens.
0    house opens
  ->
0    house asks first_answer=60 pick_up=30
  ->
1    maria writes Printer broken
  -> opened, message_received, message_written, target_set=pick_up, target_set=first_answer
400  time came
  ->
# 9:00 is minute 646.7; a quarter of an hour later half the pick-up is gone.
662  time came
  -> target_nears=pick_up
663  ada takes
  -> assigned, target_ended=pick_up
677  time came
  -> target_nears=first_answer
# Stopped work for the whole site is critical: half the time, and the time already gone counts.
678  ada stops-work
  -> prioritised, target_set=first_answer
# Handed to another queue without targets, there is nothing to be late for.
679  ada moves
  -> moved, target_dropped=first_answer
