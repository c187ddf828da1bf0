//! Who is asking, for whom.
