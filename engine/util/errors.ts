/** Base of all errors whose message is meant for the user. The command exits with `exitCode`. */
export class QuintetError extends Error {
  readonly exitCode: number = 1;

  override get name(): string {
    return this.constructor.name;
  }
}

/** Wrong flags, an unknown role or host: exit 1. */
export class UsageError extends QuintetError {}

/** The inventory file cannot be used. Names the file, the path in it, what was found and what was expected: exit 1. */
export class InventoryError extends QuintetError {
  constructor(file: string, path: string, problem: string) {
    super(path === "" ? `${file}: ${problem}` : `${file} › ${path}: ${problem}`);
  }
}

/** A role's variables, resources or secrets do not fit together: exit 1. */
export class CompileError extends QuintetError {}

/** A resource or a smoke test failed on a host: exit 3. */
export class FailedError extends QuintetError {
  override readonly exitCode = 3;
}

/** A host cannot be reached, or shows another host key than before: exit 4. */
export class UnreachableError extends QuintetError {
  override readonly exitCode = 4;
}

/** No run may go on like this, for example because two databases take writes: exit 3. */
export class RefusedError extends QuintetError {
  override readonly exitCode = 3;
}

/**
 * It cannot be decided now what a role's hosts should be, for example because a machine cannot be reached. These hosts
 * are left alone, others are not.
 */
export class UnsureError extends RefusedError {}
