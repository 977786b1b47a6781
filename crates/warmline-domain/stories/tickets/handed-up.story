# A ticket goes up with everything; the receiver accepts it or returns it with what is missing.
0    maria writes Printer offline
  -> opened, message_received, message_written
1    ada hands-up 2 Look at the spooler, please.
  -> refused=state
1    ada takes
  -> assigned
2    ada hands-up 2 Look at the spooler, please.
  -> refused=state
3    ada records environment Model 7 on the second floor
  -> record/written
3    ada tries Restarted it
  -> record/tried
3    ada records state The queue is stuck after each job.
  -> record/written
4    ada hands-up 2 Look at the spooler, please.
  -> refused=state
4    ada plans by=0
  -> refused=input
4    ada plans by=120
  -> record/planned
5    ada hands-up 2
  -> refused=input
5    ada hands-up 3 Look at the spooler, please.
  -> refused=state
5    ada hands-up 2 Look at the spooler, please.
  -> hand_up/offered
6    ada hands-up 2 Again.
  -> refused=state
# Whoever sent it does not accept it.
6    ada accepts
  -> refused=state
7    ben returns
  -> refused=input
7    ben returns Which driver is it?
  -> hand_up/returned
8    ben accepts
  -> refused=state
10   ada hands-up 2 Driver 9.2; look at the spooler, please.
  -> hand_up/offered
# What the customer is told meanwhile leaves the next move with us.
11   ada answers maria@example.net by=200
  -> message_written, promise_made, stage=open
# Nobody accepts it: supervisors see it.
39   time came
  ->
40   time came
  -> hand_up/late
41   ben accepts
  -> hand_up/accepted, promise_handed_over, assigned
41   ben-page opens-it
  -> effort/started
# Taking back is for what nobody has accepted.
42   ada takes-it-back
  -> refused=state
