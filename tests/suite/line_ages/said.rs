//! What the program says of ages, in every state of a repository.
