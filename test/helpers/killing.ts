/** Commands that change something. A test may kill a program before and after each of them. */
const CHANGING = "cat chmod chown cp install ln mkdir mv rm tar touch".split(" ");

/**
 * Shell for `before` that kills the program, and all that it started, at boundary number `at`. Boundaries lie before
 * and after each command that changes something, and before each event and each `sync`, which leave the files as they are.
 * They are counted in a file, because many are in subshells.
 */
export function killingAt(at: number, counter: string): string {
  const around = (command: string) => `${command}() {
  boundary
  command ${command} "$@"
  ended=$?
  boundary
  return $ended
}`;
  return `: >'${counter}'
boundary() {
  printf x >>'${counter}'
  passed=''
  read -r passed <'${counter}' || :
  [ "\${#passed}" -ne ${at} ] || kill -9 0
}
say() {
  boundary
  printf '%s\\n' "$*" >&3 || exit 141
}
sync() {
  boundary
  command sync "$@"
}
${CHANGING.map(around).join("\n")}`;
}
