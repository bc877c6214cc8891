/**
 * Commands that a person is told to type, where the cloud was named on the command line: they name it, too. The one way for
 * what a fault says, for what an operation notes, and for views.
 */

/** Commands of no cloud, or that name it in another way. */
const ofNoCloud = /^freehold (setup|catalog|search|info|source|attach|cloud (ls|use)|engine install)\b/;

/** A command as it is typed, for `cloud`; as it was without one. */
export function inCloud(command: string, cloud: string | undefined): string {
  const fits = /^freehold [a-z]/.test(command) && !/ --(cloud|help)\b/.test(command) && !ofNoCloud.test(command);
  if (cloud === undefined || !fits) return command;
  // Before the words of another command, and before a file that is read.
  const [own = command] = /^.*?(?= (?:--|<) |$)/.exec(command) ?? [];
  return `${own} --cloud ${cloud}${command.slice(own.length)}`;
}

/** In prose: between quotes; behind a colon, to the end of the sentence; or a line of their own. */
const inProse = /(?<=")freehold [a-z][^"\n]*(?=")|(?<=: |\n)freehold [a-z][^\n]*?(?=\.?$|\. )/gm;

export const wordsInCloud = (text: string, cloud: string | undefined): string =>
  text.replace(inProse, (command) => inCloud(command, cloud));
