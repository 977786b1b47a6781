# A leak is never published, a block with a reason; a draft and what stays inside may name what it likes.
0  cy writes draft leaking
  -> written
1  cy writes published leaking because I must
  -> refused=words
2  cy writes published rude
  -> refused=needs_reason
3  cy writes published rude because it is quoted as what not to say
  -> written
4  cy writes published text=More. leaking since More.
  -> refused=words
5  cy writes published for=inside text=More. leaking since More.
  -> written, told
