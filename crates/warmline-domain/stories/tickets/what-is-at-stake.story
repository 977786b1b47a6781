# A critical asset that stands still makes a ticket critical; rank does not.
0    house asks first_answer=60
  ->
0    maria writes The press is down
  -> opened, message_received, message_written, target_set=first_answer
1    ada links critical retired
  -> refused=state
1    ada links critical
  -> asset_linked
1    ada links critical
  ->
# One person cannot work, on equipment the business stops without: critical, with the targets of critical tickets.
2    ada stops-one
  -> prioritised, target_set=first_answer
# The register knows better now.
3    register says important
  -> asset_linked, target_set=first_answer
4    ada unlinks
  -> asset_unlinked
# Who asks counts for nothing.
5    maria is-known
  ->
5    house counts-rank maria
  ->
# Unless the policy says so.
6    maria is-known
  -> rank_counts
