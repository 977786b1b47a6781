# A plan that promises other times has them from the moment it is known whose ticket it is.
0    house asks first_answer=60 solution=480
  ->
0    house asks plan=gold first_answer=30
  ->
1    maria writes Printer broken
  -> opened, message_received, message_written, target_set=first_answer, target_set=solution
1    maria is-known House of gold
  -> plan_counts, target_set=first_answer
# Known already: nothing happens again.
2    maria is-known House of gold
  ->
31   time came
  -> target_missed=first_answer
# They change to a house without a plan: what holds for everybody, with what is gone.
32   maria is-known
  -> plan_counts, target_set=first_answer
