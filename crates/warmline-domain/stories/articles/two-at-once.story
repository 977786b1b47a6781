# Two who write at once: the second is told, and nothing is lost. A name is given once.
0  ada writes draft
  -> written
1  ada writes draft seen=0 text=Mine.
  -> refused=input
2  ada writes draft text=Mine.
  -> written
3  cy writes draft seen=1 text=Yours.
  -> refused=stale
4  cy writes draft text=Yours.
  -> written
