/**
 * A boot menu that goes on by itself:
 * "The highlighted entry will be executed automatically in 5s.", "Automatic boot in 10 seconds", "Boot in 3 s."
 */
export const countdown =
  /\b(?:automatically in|automatic boot in|boots? in|booting in|starting in|seconds until|continue in)\b.*\d|\bin \d+ ?s(?:ec(?:ond)?s?)?\b/i;
