# Nobody from outside writes; agents keep drafts and take them away.
0  eve writes draft
  -> refused=permission
1  ada writes draft
  -> written
2  eve removes
  -> refused=permission
3  ada removes
  -> removed
4  ada removes
  ->
5  ada writes draft key=New
  -> refused=input
6  ada writes published
  -> refused=permission
