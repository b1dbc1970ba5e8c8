import * as parser from "@babel/eslint-parser";
import reactHooks from "eslint-plugin-react-hooks";

/** With JSX or without: a file that ends in `.ts` may have type assertions in angle brackets. */
const files = (pattern, isTSX) => ({
  files: [pattern],
  ignores: ["**/*.test.*", "**/*.d.ts"],
  languageOptions: {
    parser,
    parserOptions: {
      requireConfigFile: false,
      babelOptions: {
        babelrc: false,
        configFile: false,
        parserOpts: { plugins: isTSX ? ["typescript", "jsx"] : ["typescript"] },
      },
    },
  },
  linterOptions: { reportUnusedDisableDirectives: "error" },
  plugins: { "react-hooks": reactHooks },
  rules: reactHooks.configs.flat.recommended.rules,
});

export default [files("**/*.ts", false), files("**/*.tsx", true)];
