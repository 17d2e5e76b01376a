import type { z } from 'zod';
import { Fault } from '../../errors/fault.ts';

/** What an agent returned, in the shape that the command has. Fault: `failed`. */
export function parseAnswer<Shape>(schema: z.ZodType<Shape>, raw: unknown, command: string): Shape {
  const { data, success } = schema.safeParse(raw);
  if (success) return data;
  throw new Fault('failed', `The guest agent's answer to ${command} has not the shape that it should have.`, {
    remedy: 'Install a newer qemu-guest-agent in the guest.',
    data: { command },
  });
}
