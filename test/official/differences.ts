/**
 * Where our engine differs from the official one on purpose: what, and why. Each line is checked to be still true by
 * the programs it names; anything else that differs is a failure.
 */

export interface Difference {
  /** Names of the programs that have to show it. */
  programs: string[];
  /** Whether others may show it, too. */
  anywhere?: boolean;
  /** Fits the lines by which the comparison reports it. */
  what: RegExp;
  why: string;
}

/** Our engine over gRPC does as the official one. */
export const hashedAssets: Difference = {
  programs: ["assets"],
  what: /^\d up: call (diff|update) Thing::a: (old|new)(Inputs|Outputs)\.\w+\.(text|path|assets): official undefined/,
  why: "Of assets that are compared, a provider in the engine's own process is told the contents; one that is dialled is told the hashes.",
};

export const differences: Difference[] = [
  hashedAssets,
  {
    programs: ["protect", "retain-on-delete"],
    anywhere: true,
    what: /call configure test: only official/,
    why: "A provider is configured when the first call needs it; the official engine configures it though nobody asks it anything.",
  },
  {
    programs: ["empty", "lifecycle", "read"],
    anywhere: true,
    what: /preview: state deployment: secrets_providers: official \{"type":"passphrase"\}, own undefined/,
    why: "A new stack's file names the stack and nothing else until the first operation; the official engine writes an empty deployment.",
  },
  {
    programs: ["log"],
    what: /^2 up: (event (before|after) delete |event summaryEvent: resourceChanges\.delete|call delete |state resource \S+: only own)/,
    why: "A program that logged an error deletes nothing; the official engine deletes what the program did not register, and fails then.",
  },
  {
    programs: ["alias-replace"],
    what: /^2 up: (event (before|after) (replace|delete-replaced) |call delete )/,
    why: "A resource that is renamed and replaced at once is deleted under its new name, to which everything refers that needs it; the official engine keeps the old name for it.",
  },
  {
    programs: ["alias-twice", "target-create-needs"],
    what: /call check Thing::[bc]: only official/,
    why: "What is refused whatever the provider says is refused before the provider is asked.",
  },
  {
    programs: ["timeouts-wrong"],
    what: /^1 up: (event (before|after) create test::default_1_0_0|event diagnostic error |call checkConfig test::default_1_0_0|state resource test::default_1_0_0)/,
    why: "A time that cannot be read is told once, as the engine's own error, before a provider is made; the official engine makes the provider, and the SDK tells it twice.",
  },
  {
    programs: ["replace-on-changes"],
    what: /^[34] (preview|up): /,
    why: "replaceOnChanges with a path below a property replaces also where the provider names only the property: the engine compares the inputs. The official engine updates.",
  },
  {
    programs: ["deleted-with-replaced"],
    what: /^(2 up|3 destroy): /,
    why: "What is deleted with another is replaced with it: it goes when the old one goes. The official engine keeps it in state, though it is gone.",
  },
  {
    programs: ["plan"],
    what: /^4 up: call diff Thing::a: only own/,
    why: "Whether a plan is kept is judged when it is known what would be done; the official engine refuses other inputs before the provider is asked.",
  },
  {
    programs: ["pending-operations", "pending-creates-cleared"],
    what: /event diagnostic warning {2}"Attempting to deploy or update resources with \d pending oper": only own/,
    why: "Interrupted operations are told of in previews and refreshes, too.",
  },
  {
    programs: ["pending-operations"],
    what: /^3 refresh: (event (before|after) (refresh|same) Thing::a: metadata\.(new|old)\.initErrors|call read Thing::a: only own)/,
    why: "A resource whose update was interrupted is looked at, and updated by the next operation whatever its inputs; the official engine forgets the interruption.",
  },
  {
    programs: ["provider-default-version"],
    what: /event diagnostic warning {2}"resource plugin test is expected to have version/,
    why: "A provider that is attached by its port is whatever the person attached; its version is not compared.",
  },
  {
    programs: ["refresh-gone"],
    what: /(state resource Thing\$Thing::child: parent|event (before|after) same Thing\$Thing::child: metadata\.old\.parent)/,
    why: "A child whose parent is gone becomes its grandparent's, as the official engine means to; it loses the grandparent where that is the stack.",
  },
  {
    programs: ["refresh-run-program"],
    what: /^2 refresh: event after (update|same) (Stack::proj-dev|test::default_1_0_0)/,
    why: "Refreshing what no provider is asked about finds it the same; the official engine shows an update.",
  },
  {
    programs: ["target-create-needs"],
    what: /event diagnostic error Thing::b "Resource 'urn:pulumi:dev::proj::test:index:Thing::b' depends": message/,
    why: "The official text says a word twice, and gives advice that does not fit an operation that a program drives.",
  },
  {
    programs: ["target-missing"],
    what: /^(3 destroy|4 refresh): (stderr|event (preludeEvent|summaryEvent|diagnostic error))/,
    why: "A target that is nowhere is told in the events as every failure is; the official engine ends before there are any.",
  },
  {
    programs: ["target-destroy"],
    what: /^[23] destroy: call diff Thing::b: only official/,
    why: "Dependents of what is destroyed are known from the state; no provider is asked.",
  },
  {
    programs: ["target-update", "exclude", "exclude-protected"],
    anywhere: true,
    what: /event before same \S+: metadata\.new\.outputs: official \{.*, own undefined/,
    why: "What an operation leaves alone begins, like any step, without outputs; the official engine shows the outputs, and no id.",
  },
  {
    programs: ["refresh-run-program"],
    what: /event before refresh \S+: metadata\.new\.(id|outputs)/,
    why: "A resource that is looked at is shown as it is known; the official engine shows it without id and outputs where a program runs.",
  },
  {
    programs: ["stack-reference"],
    what: /^4 up: (event failed read StackReference::organization\/proj\/nowhere: status|event summaryEvent: maybeCorrupt)/,
    why: "A stack that is not there leaves no resource's state in doubt.",
  },
  {
    programs: ["exclude-create"],
    what: /^2 up: /,
    why: "What needs an excluded resource that is not there is refused; the official engine makes it, and cannot write its state.",
  },
  {
    programs: ["continue-on-error"],
    what: /^3 up: (event (before|after) delete Thing::needs-a|call delete Thing::needs-a|state resource Thing::needs-a|event summaryEvent: resourceChanges\.delete)/,
    why: "What depends on a failed resource stays as it is; the official engine deletes it when the program could not register it.",
  },
];
