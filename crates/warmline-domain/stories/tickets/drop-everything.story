# Somebody is asked to drop everything, sees what becomes late, and accepts or says what gives.
0    maria writes The press is down
  -> opened, message_received, message_written
1    ada asks-ben-to-drop-everything
  -> refused=needs_reason
1    ada asks-ben-to-drop-everything promised because the whole line waits
  -> everything_asked
# Who is not asked does not answer for them, and nobody is asked twice.
2    ada drops-everything
  -> refused=state
2    ada asks-ben-to-drop-everything because again
  -> refused=state
# Something of theirs becomes late: whoever asked needs to know what gives.
3    ben drops-everything
  -> refused=needs_reason
3    ben drops-everything Noor hears from me tomorrow instead
  -> everything_dropped, assigned
4    ben releases
  -> released
# Nothing becomes late: yes is enough. Saying no needs a reason.
5    ada asks-ben-to-drop-everything because it is down again
  -> everything_asked
6    ben keeps-at-it
  -> refused=needs_reason
6    ben keeps-at-it I am on the other press
  -> everything_kept
7    ada asks-ben-to-drop-everything because the other press can wait
  -> everything_asked
8    ben takes-the-asking-back
  -> refused=state
8    ada takes-the-asking-back
  -> everything_taken_back
9    ada asks-ben-to-drop-everything because it cannot
  -> everything_asked
# Taken without a word is an answer, too; a ticket that is done asks nobody.
10   ben takes
  -> assigned, everything_taken_back
11   ben records solution The valve was stuck
  -> record/written
11   ben solves agreed
  -> record/solved, stage=solved
12   ada asks-ben-to-drop-everything because of this
  -> refused=state
