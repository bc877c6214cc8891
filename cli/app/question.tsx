/**
 * The code of a second factor, asked for over whatever is seen, which waits as it was: a command of any screen may want one at
 * its beginning. What is typed goes to the command and is kept nowhere.
 */
import { Say } from "./kit/say.tsx";
import { Screen } from "./kit/screen.tsx";
import { TextField, useTextField } from "./kit/text-field.tsx";

interface Props {
  /** Safe for a terminal. */
  question: string;
  /** Empty: not now. */
  onAnswer(code: string): void;
}

export function Question({ question, onAnswer }: Props) {
  const field = useTextField("", { active: true });
  const code = field.text.trim();
  const fits = /^\d{6}$/.test(code);
  return (
    <Screen
      title="signing in"
      typing
      status={fits || code === "" ? undefined : { words: "A code is six digits.", tone: "warn" }}
      keys={[
        { key: "enter", label: "sign in", does: "sign in with this code", run: () => fits && onAnswer(code) },
        { key: "esc", label: "not now", does: "go on without", run: () => onAnswer("") },
      ]}
    >
      {({ columns }) => (
        <>
          <Say wrap="wrap">{` ${question}`}</Say>
          <TextField prompt=" Code: " value={field.value} width={columns} active />
        </>
      )}
    </Screen>
  );
}
