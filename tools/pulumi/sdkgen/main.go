// Command sdkgen writes the Python, Node.js and Go SDKs of a Pulumi package with Pulumi's own generators.
//
// `pulumi package gen-sdk` does the same, but wants a language host for each language, and those are not to be
// had as Go modules. The generators are.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	// What the generated Go SDK imports, so that go.sum has it for the test that compiles the SDK.
	_ "github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

// tool is how the head of each generated file names its maker.
const tool = "pulumi"

// generators writes one SDK each, into the folder of its name.
var generators = map[string]func(*schema.Package, schema.ReferenceLoader) (map[string][]byte, error){
	"python": func(p *schema.Package, l schema.ReferenceLoader) (map[string][]byte, error) {
		return python.GeneratePackage(tool, p, nil, l)
	},
	"nodejs": func(p *schema.Package, l schema.ReferenceLoader) (map[string][]byte, error) {
		return nodejs.GeneratePackage(tool, p, nil, nil, false, l)
	},
	"go": func(p *schema.Package, _ schema.ReferenceLoader) (map[string][]byte, error) {
		return gogen.GeneratePackage(tool, p, nil)
	},
}

// load binds the schema anew for each generator: each writes its own settings into what it is given.
func load(path string) (*schema.Package, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(text, &spec); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return schema.ImportSpec(spec, nil, schema.NewNullLoader(), schema.ValidationOptions{})
}

func write(folder string, files map[string][]byte) error {
	for name, text := range files {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func run(schemaPath, folder string) error {
	for language, generate := range generators {
		p, err := load(schemaPath)
		if err != nil {
			return err
		}
		files, err := generate(p, nil)
		if err != nil {
			return fmt.Errorf("%s: %w", language, err)
		}
		if err := write(filepath.Join(folder, language), files); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: sdkgen SCHEMA FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "sdkgen:", err)
		os.Exit(1)
	}
}
