mod reporters;
