# One message a problem: its title, the detail of a case, and what to do about it.
problem-invalid-request = Invalid request
    .detail = The request cannot be understood: a header, the path or the query is not well-formed.
    .meaning = A header, the path or the query breaks its syntax. Correct it; sending the same request again gives the same answer.
problem-malformed-json = Malformed JSON
    .detail = The body is not JSON: it breaks at line { $line }, column { $column }.
    .meaning = The body could not be read as JSON. The detail says where it breaks.
problem-invalid-utf8 = Invalid UTF-8
    .detail = The body is not UTF-8 text.
    .meaning = JSON is UTF-8 text, and the body contains bytes that are not.
problem-unauthenticated = Authentication required
    .detail = No valid credential came with this request.
    .meaning = Send an API key or an access token in the header Authorization: Bearer. The credential is missing, expired, revoked, or belongs to another host.
problem-credentials-refused = Sign-in refused
    .detail = The e-mail address, the password or the one-time code is wrong.
    .meaning = Which part was wrong is not said, so that nobody can learn who has an account. After several failures the account is locked for a while.
problem-second-factor-needed = One-time code needed
    .detail = This account also needs the one-time code of its authenticator.
    .meaning = Send the six digits of the authenticator together with the password.
problem-locked-out = Account locked
    .detail = Too many failed sign-ins. Try again later.
    .meaning = After repeated failures the account is locked for a while, longer each time. The header Retry-After says for how long. An administrator can unlock it.
problem-forbidden = Not allowed
    .detail = Your role does not permit this.
    .meaning = The credential is good, but its role or its list of permissions does not include this operation.
problem-not-found = Not found
    .detail = There is nothing here, or it is not yours to see.
    .meaning = The address leads nowhere, or to something outside your part of the tree. The two cases are not told apart on purpose.
problem-unknown-host = Unknown host
    .detail = No tenant is served under this host name.
    .meaning = The host name of the request belongs to no tenant of this installation.
problem-method-not-allowed = Method not allowed
    .detail = This address does not know this method.
    .meaning = The header Allow lists the methods that the address knows.
problem-already-exists = Already exists
    .detail = Something with the same code, name or address exists already.
    .meaning = The value has to be unique where you are creating it. Choose another, or change the one that exists.
problem-state-conflict = Not possible in this state
    .detail = What you ask for is not possible in its present state.
    .meaning = The thing exists, but its state does not allow the change, for instance reinstating a revoked license. Read it again and decide.
problem-in-use = Still in use
    .detail = Other things still depend on this.
    .meaning = It cannot go or change while other things refer to it.
problem-limit-reached = Limit reached
    .detail = A limit that was set for you has been reached.
    .meaning = The offer or quota under which you work allows no more. Whoever granted it can raise it.
problem-exceeds-own-rights = Exceeds your own rights
    .detail = You cannot grant or touch more than you are allowed yourself.
    .meaning = A role, a permission or a place was named that goes beyond the rights of the caller. Nobody gives away more than they have.
problem-not-floating = License without floating seats
    .detail = This license has no floating seats.
    .meaning = Only a license whose terms bind it to nothing has seats that are taken and given back. Others go by their machines.
problem-seat-lost = Seat lost
    .detail = This seat is over. Take another.
    .meaning = Nobody kept the seat before its lease ended, it was given back, or somebody took it back. Take a seat again.
problem-deactivation-limit = Too many deactivations
    .detail = { $limit ->
        [0] This license allows no deactivation by its program or holder.
       *[other] This license allows { $limit } deactivations in its period, and they are used up.
    }
    .meaning = The terms allow so many deactivations in a period, against passing one seat around. next_possible_at says when the next one counts; whoever sold the license can deactivate the machine at any time.
problem-offer-withdrawn = Offer withdrawn
    .detail = The product may no longer be sold here.
    .meaning = The offer under which the product was sold has been withdrawn. Licenses that exist stay valid.
problem-tree-rule = Not possible in the tree
    .detail = The tree does not allow this place.
    .meaning = Each kind of node holds certain kinds below it, a node cannot lie below itself, and the root stays where it is.
problem-renewal-not-possible = Renewal not possible
    .detail = This license cannot be renewed.
    .meaning = The terms or the state of the license leave nothing to renew.
problem-renewal-key-spent = Renewal key already used
    .detail = This renewal key was already used or withdrawn.
    .meaning = A renewal key is good once.
problem-renewal-key-of-another-product = Renewal key of another product
    .detail = This renewal key is for another product.
    .meaning = A renewal key renews licenses of its own product only.
problem-answer-lost = Done, answer lost
    .detail = A request with this Idempotency-Key was carried out, but its answer is lost.
    .meaning = The work was done and the server stopped before it could answer. Read the present state; do not send the request again under a new key without looking.
problem-request-in-progress = Request in progress
    .detail = A request with the same Idempotency-Key is still being worked on.
    .meaning = Wait a moment and send the same request again; you will get the answer of the first.
problem-stale-version = Changed in the meantime
    .detail = Somebody changed this since you read it.
    .meaning = The header If-Match names a version that is no longer the present one. Read again, look at the difference, and send your change with the new ETag.
problem-request-timeout = Request too slow
    .detail = The body did not arrive in time.
    .meaning = The connection was too slow or stopped half-way. Send the request again.
problem-body-too-large = Body too large
    .detail = The body may hold at most { $limit } bytes.
    .meaning = Split the request into smaller ones.
problem-unsupported-media-type = Unsupported media type
    .detail = This address takes { $expected }.
    .meaning = The header Content-Type names a format that this address does not read.
problem-invalid-fields = Invalid fields
    .detail = { $count ->
        [one] One field is not valid.
       *[other] { $count } fields are not valid.
    }
    .meaning = The member errors lists every field found at fault with a JSON pointer, a stable code and an explanation.
problem-key-malformed = Mistyped key
    .detail = The key is not well-formed.
    .meaning = The check symbols of a key tell a mistyped key from an unknown one. Compare it with the original, symbol by symbol.
problem-idempotency-key-reused = Idempotency-Key reused
    .detail = This Idempotency-Key was used for a different request.
    .meaning = A key belongs to one request for 24 hours. Use a new key for a new request.
problem-precondition-required = If-Match required
    .detail = Send the ETag you read in the header If-Match.
    .meaning = Changes need the version they are based on, so that nobody overwrites the work of another unknowingly.
problem-too-many-requests = Too many requests
    .detail = { $seconds ->
        [one] Try again in one second.
       *[other] Try again in { $seconds } seconds.
    }
    .meaning = The header Retry-After says when to try again, the RateLimit headers how much is left.
problem-internal = Internal error
    .detail = Something went wrong on our side. The request id leads to the cause in our logs.
    .meaning = This is a defect. Quote the request id of the header x-request-id when you report it.
problem-unavailable = Temporarily unavailable
    .detail = The service cannot answer at the moment. Try again shortly.
    .meaning = The database or a part that is needed is not ready. The header Retry-After says when to try again.
problem-refused-meaning = The license does not allow this now. The member verdict says what was decided and why.

problem-page-title = Problems
problem-page-lead = Every error of this interface is one of these. Programs should decide by the code, which never changes, and not by the text.
problem-page-status = HTTP status
problem-page-code = Code
problem-page-all = All problems

# Faults of single fields.
field-required = This field is required.
field-unknown = This field is not known here.
field-wrong-type = This value has the wrong type.
field-too-short = This value is too short; it needs at least { $limit } characters.
field-too-long = This value is too long; at most { $limit } characters are allowed.
field-invalid = This value is not valid.
field-out-of-range = This value is outside the allowed range.
field-not-found = This refers to something that does not exist.
