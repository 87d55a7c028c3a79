export interface Question {
  title: string;
  /** What will happen, in a sentence. */
  text: string;
  /** What will be lost, each in a few words. */
  lost?: readonly string[];
  /** What has to be ticked before; for what is somebody else's. */
  agree?: string;
  /** What the button says: “Delete the job”, never “OK”. */
  action: string;
  cancel?: string;
  danger?: boolean;
}

/** The one question that may stand open. */
class Questions {
  current = $state.raw<Question | null>(null);
  #answer: ((yes: boolean) => void) | null = null;

  ask(question: Question): Promise<boolean> {
    this.answer(false);
    this.current = question;
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  answer(yes: boolean): void {
    const answer = this.#answer;
    this.#answer = null;
    this.current = null;
    answer?.(yes);
  }
}

export const questions = new Questions();

/** Asks before something is lost: `if (await ask({title, text, action})) …` */
export function ask(question: Question): Promise<boolean> {
  return questions.ask(question);
}
