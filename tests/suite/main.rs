mod layering;
mod package;
