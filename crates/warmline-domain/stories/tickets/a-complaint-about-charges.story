# A complaint about a charge goes to the managers' address.
0    maria writes Why does this cost 120 EUR
  -> opened, message_received, message_written
1    ada quotes-price 2
  -> charge/quoted
1    ada says-price
  -> charge/offered
2    ada forwards vendor@example.org
  -> message_written
3    ada forwards managers@example.com
  -> message_written, charge/complaint_passed
4    ada drops-charge
  -> refused=needs_reason
4    ada drops-charge because she does not want it
  -> charge/dropped
5    ada records solution The part was changed.
  -> record/written
5    ada solves agreed
  -> record/solved, stage=solved
