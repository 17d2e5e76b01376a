/** What a model is told of vmbridge before it sees the tools. */
export const instructions = [
  'vmbridge manages virtual machines of every hypervisor here through one set of tools, and boots disk images.',
  'To find out whether a backup or disk image works, use image_prove: it boots the image without changing it and gives a verdict with evidence.',
  'Machines are named by id (such as "qemu:local/web") or by a unique name; see vm_list.',
  'Work that outlasts the "wait" of its call goes on: the answer holds an operation id, to be passed to operation_wait.',
  'An error names a "remedy" where there is one; tools that destroy something need a person and say which command to run.',
].join(' ');
