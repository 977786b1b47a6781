# A file taken over twice is taken over once; a calendar elsewhere is what it is now.
ada imports 3
  -> put, put, put
ada imports 3
  ->
ada imports 2000
  -> refused=input
desk reads 2
  -> elsewhere
desk reads 2
  ->
desk reads 0
  -> elsewhere
