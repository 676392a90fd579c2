/** Base of every error whose message is meant for the person at the keyboard; its code is the exit code. */
export class QuintetError extends Error {
  readonly exitCode: number = 1;

  override get name(): string {
    return this.constructor.name;
  }
}

/** Wrong flags, an unknown role or host: exit 1. */
export class UsageError extends QuintetError {}

/** The inventory file cannot be used: names file, path, what was found and what was expected. */
export class InventoryError extends QuintetError {
  constructor(file: string, path: string, problem: string) {
    super(path === "" ? `${file}: ${problem}` : `${file} › ${path}: ${problem}`);
  }
}

/** A role's variables, resources or secrets do not fit together. */
export class CompileError extends QuintetError {}

/** A resource or a smoke check failed on a host: exit 3. */
export class FailedError extends QuintetError {
  override readonly exitCode = 3;
}

/** A host cannot be reached, or is not who it was: exit 4. */
export class UnreachableError extends QuintetError {
  override readonly exitCode = 4;
}

/** The machines are in a state that no run may touch, for example two writable databases: exit 3. */
export class RefusedError extends QuintetError {
  override readonly exitCode = 3;
}

/** What a role is about cannot be decided now, for example because a machine is away: its hosts are left alone, others not. */
export class UnsureError extends RefusedError {}
