# Nobody is sent away with nothing.
0    maria writes Toner leaks
  -> opened, message_received, message_written
1    ada closes-out-of-scope
  -> refused=state
1    ada looks-elsewhere
  -> referral/looked
1    ada looks-elsewhere
  -> 
2    ada closes-out-of-scope
  -> refused=state
2    ada solves
  -> refused=state
2    ada says-pointer
  -> refused=state
2    ada points-to 99
  -> refused=missing
2    ada points-to https://localhost/x
  -> refused=input
3    ada points-to 1
  -> referral/pointed
# The customer must be told: an answer without it is not enough.
4    ada answers maria@example.net text=Sorry.
  -> message_written, stage=waiting
5    ada solves
  -> refused=state
5    ada answers maria@example.net text=Ask the toner works: +1 555-0100
  -> message_written, referral/given, stage=waiting
# What was taken back was not given.
5.1  ada takes-back
  -> withdrawn, stage=waiting
6    ada closes-out-of-scope
  -> refused=state
# A message that goes out later has not gone out.
6    ada schedules maria@example.net text=See https://toner.example.org/help
  -> message_written, referral/given, stage=waiting
6    ada closes-out-of-scope
  -> refused=state
6.1  ada takes-back
  -> withdrawn, stage=waiting
7    ada answers maria@example.net solve text=See https://TONER.example.org/help
  -> message_written, referral/given, record/answered_by, record/solved, stage=solved, referral/closed
# It came back: the customer has no pointer after all.
8    bounce comes unknown user
  -> bounced, stage=open
9    ada closes-out-of-scope
  -> refused=state
10   ada says-pointer
  -> referral/given
10   ada closes-out-of-scope
  -> stage=solved, referral/closed
# It did not help: reopened, and looked at again.
60   maria writes It did not help
  -> message_received, stage=open
61   ada looks-elsewhere
  -> referral/looked
62   ada points-to https://forum.example.org/toner
  -> referral/pointed
63   ada ours-after-all
  -> referral/ours
64   ada records solution A new seal.
  -> record/written
64   ada solves agreed
  -> record/solved, stage=solved
