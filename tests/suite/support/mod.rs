<<<<<<< HEAD
//! What several tests need.

pub(crate) mod repo;
=======
//! What several test files share.

pub(crate) mod go;
>>>>>>> modfiles
