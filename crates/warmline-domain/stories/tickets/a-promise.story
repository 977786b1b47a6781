# A word given to a customer is kept, moved with notice, or let go; never forgotten.
0    maria writes Printer broken
  -> opened, message_received, message_written
1    ada takes
  -> assigned
2    ada answers maria@example.net by=240
  -> message_written, promise_made, stage=waiting
# An open promise is not solved away.
3    ada solves agreed
  -> refused=state
# Its owner is warned an hour before, a supervisor twenty minutes before.
182  time came
  -> promise_at_risk
222  time came
  -> promise_at_risk
# It moves only after the customer has heard of it, and with a reason.
223  ada moves-promise by=120
  -> refused=needs_reason
223  ada moves-promise by=120 told
  -> refused=needs_reason
223  ada moves-promise by=120 told because the part is late
  -> promise_moved
# Whoever gets the ticket gets its promises.
225  ada records environment Model 7
  -> record/written
225  ada records state Waits for the part
  -> record/written
225  ada tries A restart
  -> record/tried
225  ada plans by=400
  -> record/planned
230  ada assigns-ben she is off tomorrow
  -> promise_handed_over, assigned
343  time came
  -> promise_broken
# Broken is still owed: late is better than never.
350  ben keeps-promise
  -> promise_kept
351  ben records solution The part came
  -> record/written
351  ben solves agreed
  -> record/solved, stage=solved
