mod reporters;
mod policies;
