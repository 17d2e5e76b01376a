import type { Picture } from '../../model/picture.ts';
import { describePicture } from '../screen/picture-facts.ts';

/** What is to be seen on a screen, for the record: "1024 × 768: a drawn screen, blue". */
export function nameScreen(picture: Picture): string {
  const { blank, graphical } = describePicture(picture);
  const kind = blank ? 'an empty screen, or a cursor only' : graphical ? 'a drawn screen' : 'a screen of few colours';
  const ground = nameGround(picture);
  return `${picture.width} × ${picture.height}: ${kind}${ground === undefined ? '' : `, ${ground}`}`;
}

/** The colour at three corners or more, when it is one that says something. */
function nameGround({ rgb, width, height }: Picture): string | undefined {
  const last = width * height;
  const corners = [0, width - 1, last - width, last - 1].map(pixel =>
    nameColour(rgb.subarray(pixel * 3, pixel * 3 + 3)),
  );
  return ['black', 'blue'].find(colour => corners.filter(name => name === colour).length >= 3);
}

function nameColour([red = 0, green = 0, blue = 0]: Uint8Array): string | undefined {
  if (Math.max(red, green, blue) < 24) return 'black';
  return blue >= 100 && blue >= red * 1.5 && blue >= green * 1.2 ? 'blue' : undefined;
}
