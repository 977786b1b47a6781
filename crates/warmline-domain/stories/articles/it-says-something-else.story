# Who was given an article hears when it says something else; better words for the same are no news.
0  cy writes published
  -> written
1  cy writes published text=Other.
  -> refused=needs_reason
2  cy writes published text=Other. since It is the left valve.
  -> written, told
3  cy writes published text=Othre. same-sense
  -> written
4  cy writes published text=Othre. review=2027-03-31
  -> written
5  cy writes published text=Othre. review=2027-03-31 title=Ink-pressure
  -> refused=needs_reason
