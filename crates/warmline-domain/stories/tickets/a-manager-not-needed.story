# The front line settles it; a time that passes is said to everybody who leads.
0    maria writes I want to speak to a manager
  -> opened, message_received, message_written
1    ada asked-for-manager
  -> appeal/begun
5    ada settles-request she is content with a replacement
  -> appeal/settled
6    ada asked-for-manager
  -> appeal/begun
7    ada asks-manager
  -> appeal/asked, promise_made
22   time came
  -> appeal/passed_on, promise_handed_over
37   time came
  -> appeal/passed_on
72   time came
  -> promise_at_risk
112  time came
  -> promise_at_risk
132  time came
  -> promise_broken, appeal/late
133  time came
  -> 
140  di takes-request
  -> appeal/taken
141  di settles-request I called her, all is agreed
  -> appeal/settled, promise_kept
