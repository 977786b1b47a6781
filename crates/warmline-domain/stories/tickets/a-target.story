# Targets run in open hours, warn before, are missed or met, and say so.
0    house asks first_answer=60 next_answer=120 solution=480
  ->
1    maria writes Printer broken
  -> opened, message_received, message_written, target_set=first_answer, target_set=solution
# Half of its time is gone, then three quarters; then it is missed.
31   time came
  -> target_nears=first_answer
46   time came
  -> target_nears=first_answer
61   time came
  -> target_missed=first_answer
# Late is better than never. What is written and has not left is no answer yet.
70   ada answers
  -> message_written, stage=waiting, target_rests=solution
71   server takes
  -> sent, target_ended_late=first_answer
# Maria moves again: the solution goes on, and our next word is due.
100  maria writes Printer broken | It still is.
  -> message_received, stage=open, target_set=next_answer, target_set=solution
# Parked, everything rests.
110  ada records state Waits for the part
  -> record/written
110  ada plans by=500
  -> record/planned
110  ada parks 600
  -> stage=waiting, target_rests=next_answer, target_rests=solution
711  time came
  -> stage=open, target_set=next_answer, target_set=solution
720  ada answers
  -> message_written, stage=waiting, target_rests=solution
721  server takes
  -> sent, target_ended=next_answer
730  ada records solution The cable was loose
  -> record/written
730  ada solves agreed
  -> record/solved, stage=solved, target_ended=solution
