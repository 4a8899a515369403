/** What a command that looks for something in the store says where nothing is in it. */
export const EMPTY_NOTE = 'Nothing is stored yet: run "fashionmatch embed" first.\n';
