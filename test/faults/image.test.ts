import { imageFaults } from './cases/image.ts';
import { testFaults } from './support/test-faults.ts';

testFaults('image', imageFaults);
