# The front line tries first; then it is a task with a deadline, and the customer knows when.
0    maria writes I want to speak to a manager
  -> opened, message_received, message_written
1    ada takes
  -> assigned
1    ada asks-manager
  -> refused=state
1    ada asked-for-manager
  -> appeal/begun
1    ada asked-for-manager
  -> 
2    ada solves
  -> refused=state
2    ada settles-request
  -> refused=needs_reason
3    ada takes-request
  -> refused=permission
3    cy takes-request
  -> refused=state
4    ada asks-manager
  -> appeal/asked, promise_made
4    ada asks-manager
  -> 
5    ada settles-request all is well
  -> refused=permission
# Nobody took it in a quarter of an hour: the next one is asked, and has the promise.
20   time came
  -> appeal/passed_on, promise_handed_over
35   time came
  -> appeal/passed_on
40   time came
  -> 
41   di takes-request
  -> appeal/taken
42   di returns-request
  -> refused=needs_reason
42   di returns-request you may waive the fee yourself
  -> appeal/returned, promise_handed_over
43   ada asks-manager
  -> appeal/asked, promise_handed_over
44   cy takes-request
  -> appeal/taken
50   cy settles-request she agreed to a new date
  -> appeal/settled, promise_kept
51   ada records solution The part was changed.
  -> record/written
51   ada solves agreed
  -> record/solved, stage=solved
