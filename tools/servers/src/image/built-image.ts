import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataFolder } from '../shared/data-folder';

/** What an image says of itself, as container engines read it. */
export interface ImageConfig {
  User: string;
  WorkingDir: string;
  Env: string[];
  Entrypoint: string[];
  Cmd: string[];
  Volumes: Record<string, object>;
  ExposedPorts: Record<string, object>;
  Healthcheck?: { Test: string[] };
}

export interface ContainerOptions {
  /** In place of the image's own command. */
  command?: string[];
  environment?: Record<string, string>;
  /** The folder that is mounted at `/data`. Default: a new one. */
  data?: string;
}

/** A new process tree whose root cannot be written; then what the image says: its user, without any rights. */
const ENTER = `
set -e
root=$1 data=$2 user=$3 folder=$4; shift 4
mkdir --parents "$root/data"
mount --bind "$root" "$root"
mount --options remount,ro,bind "$root"
mount --bind "$data" "$root/data"
mount --bind /dev "$root/dev"
mount --types proc proc "$root/proc"
exec chroot --userspec="$user" "$root" sh -c 'cd "$1" && shift && exec setpriv --no-new-privs --bounding-set=-all "$@"' \\
  sh "$folder" "$@"
`;

/** The files of an image that was built, and processes over them as with `docker run --read-only --cap-drop ALL`. */
export class BuiltImage {
  constructor(
    readonly config: ImageConfig,
    /** Where its files are. */
    readonly root: string,
    private readonly folder: DataFolder,
  ) {}

  /** A container in the network of this machine. */
  run({
    command = this.config.Cmd,
    environment = {},
    data = mkdtempSync(join(this.folder.path, 'data-')),
  }: ContainerOptions = {}): Container {
    const [uid = 0, gid = uid] = this.config.User.split(':').map(Number);
    chownSync(data, uid, gid);
    const child = spawn(
      'setpriv',
      [
        ...[
          '--pdeathsig',
          'KILL',
          'unshare',
          '--mount',
          '--pid',
          '--fork',
          '--kill-child',
          'sh',
          '-c',
          ENTER,
          'sh',
        ],
        ...[this.root, data, `${uid}:${gid}`, this.config.WorkingDir],
        ...this.config.Entrypoint,
        ...command,
      ],
      { env: { ...variables(this.config.Env), ...environment }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    return new Container(child);
  }

  /** Deletes it and the volumes of its containers. */
  remove(): void {
    this.folder.remove();
  }
}

export class Container {
  private printed = '';
  /** Its exit code, once it has ended. */
  readonly exit: Promise<number>;

  constructor(private readonly child: ChildProcess) {
    this.exit = once(child, 'close').then(([code]) => code as number);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.printed += text));
    }
  }

  get output(): string {
    return this.printed;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** What `docker stop` does: a SIGTERM to the first process. @returns its exit code */
  stop(): Promise<number> {
    const { pid } = this.child;
    if (this.isRunning && pid !== undefined) {
      const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
      if (first) process.kill(Number(first), 'SIGTERM');
    }
    return this.exit;
  }
}

const variables = (pairs: string[]) =>
  Object.fromEntries(
    pairs.map((pair): [string, string] => [
      pair.slice(0, pair.indexOf('=')),
      pair.slice(pair.indexOf('=') + 1),
    ]),
  );
