# Nobody takes over, rests or solves what is not written down.
0    maria writes Printer offline
  -> opened, message_received, message_written
1    ada takes
  -> assigned
2    ada parks 60
  -> refused=state
2    ada records state Waits for the new cable.
  -> record/written
2    ada records next Look again
  -> refused=input
2    ada plans by=60
  -> record/planned
3    ada parks 60
  -> stage=waiting
63   time came
  -> stage=open
# The next step's time has passed: it is nothing to rest on.
64   ada parks 60
  -> refused=state
# Whoever worked on it does not drop it on somebody's desk.
65   ada assigns-ben she is off
  -> refused=state
66   ada solves agreed
  -> refused=state
66   ada records solution The cable was loose; it is a new one now.
  -> record/written
67   ada solves
  -> refused=needs_reason
67   ada solves unasked
  -> refused=needs_reason
67   ada solves unasked because she is on leave and the lamp is on
  -> record/solved, stage=solved
# She writes that it does not hold: what solved it did not.
90   maria writes Re: Printer offline | It is dark again.
  -> message_received, stage=open
91   ada solves agreed
  -> refused=state
