# Needs a reason; if nobody takes the caller they come back.
0   ada is-here
  -> ada=available, devices_changed
1   ben is-here
  -> ben=available, devices_changed
5   maria rings
  -> arrived, offered=ada (longest_idle)
8   ada answers
  -> answered
10  ada sends ben
  -> refused: The customer would have to tell everything again.
12  ada sends ben she asked for him by name
  -> sent_blind
20  ada writes-up
  -> wrap_up_ended
32  time comes
  -> not_taken=ben (no_answer), ben=away, offered=ada (known)
35  ada answers
  -> answered
# The phone's own transfer key is the same, and recorded as such.
40  ada refers +15550123
  -> sent_blind
45  outside is-busy
  -> requeued, first=ada
50  ada writes-up
  -> wrap_up_ended, offered=ada (known)
52  ada answers
  -> answered
55  ada sends 12x he knows
  -> refused: “12x” is not a phone number.
60  ada refers +15550123
  -> sent_blind
64  outside answers
  -> outside_answered
90  outside hangs-up
  -> ended
