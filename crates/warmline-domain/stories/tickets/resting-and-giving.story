0    maria writes Printer broken
  -> opened, message_received, message_written
# Work is not given to somebody who is away, unless there is a reason.
1    ada assigns-ben
  -> refused=needs_reason
2    ada assigns-ben He installed it and asked for it.
  -> assigned
3    ada releases
  -> released
3    ada releases
  ->
3    ada records state Waits for the part
  -> record/written
3    ada plans by=60
  -> record/planned
4    ada parks 60
  -> stage=waiting
63   time came
  ->
64   time came
  -> stage=open
# An answer for tomorrow stops when the customer writes first.
70   ada schedules maria@example.net
  -> message_written, stage=waiting
80   maria writes Re: Printer broken | I found the cable.
  -> message_received, schedule_stopped, stage=open
81   ada stops-work
  -> prioritised
82   ada tags Cable fault
  -> tagged
82   ada tags cable-fault
  ->
