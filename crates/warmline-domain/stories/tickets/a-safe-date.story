# Work is promised for a date that held for similar work, or with a reason.
0    maria writes Printer broken
  -> opened, message_received, message_written
1    ada takes
  -> assigned
2    ada promises finish by=60 usually=300
  -> refused=needs_reason
2    ada answers maria@example.net finish by=60 usually=300
  -> refused=needs_reason
2    ada answers maria@example.net finish by=60 usually=300 because she has the part
  -> message_written, promise_made, stage=waiting
2    ada keeps-promise
  -> promise_kept
2    ada promises finish by=60 usually=300 since the part lies on her desk
  -> promise_made
3    ada keeps-promise
  -> promise_kept
# The safe date itself needs none; nor does a word: calling back is ours to do.
4    ada promises finish by=300 usually=300
  -> promise_made
5    ada keeps-promise
  -> promise_kept
6    ada promises by=10 usually=300
  -> promise_made
7    ada keeps-promise
  -> promise_kept
# Where there is too little to say, nothing is said.
8    ada promises finish by=10
  -> promise_made
# Nobody is handed a promise for a day they are away without a reason, and nobody makes one.
9    ada hands-promise-to-ben who-is-on-leave
  -> refused=state
10   ada hands-promise-to-ben who-is-on-leave because he offered
  -> promise_handed_over
11   ada promises by=900 on-leave
  -> refused=state
