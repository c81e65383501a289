# drafting
