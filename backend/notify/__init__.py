"""What people are told: messages in an outbox, an inbox in the app, and push to their phones.

A *message* is written in the transaction of what it tells about, so that both are kept or neither.
It is in its recipient's inbox from then on. The *relay* pushes it to the phones on which the
recipient is signed in: at least once, in order for each recipient. What could not be pushed in
time is *dead*: it stays in the inbox, and in sight of who looks after the programme. A message
is a kind and the opaque id of what it is about; names and words stay here.
"""
