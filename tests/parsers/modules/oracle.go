// Command oracle answers what golang.org/x/mod says of files, paths and versions.
//
// A request is a line "OP LEN LEN" and two byte strings of these lengths; an answer is one line of JSON.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"example.com/oracle/gover"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

func main() {
	in := bufio.NewReader(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	for {
		var op string
		var m, n int
		if _, err := fmt.Fscanf(in, "%s %d %d\n", &op, &m, &n); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			panic(err)
		}
		a, b := make([]byte, m), make([]byte, n)
		must(io.ReadFull(in, a))
		must(io.ReadFull(in, b))
		if err := encoder.Encode(answer(op, a, string(b))); err != nil {
			panic(err)
		}
	}
}

func must(_ int, err error) {
	if err != nil {
		panic(err)
	}
}

func answer(op string, a []byte, b string) any {
	switch op {
	case "mod":
		f, err := modfile.Parse("go.mod", a, nil)
		if err != nil {
			return map[string]any{"Errors": messages(err)}
		}
		f.SortBlocks()
		return modJSON(f)
	case "work":
		f, err := modfile.ParseWork("go.work", a, nil)
		if err != nil {
			return map[string]any{"Errors": messages(err)}
		}
		f.SortBlocks()
		return workJSON(f)
	case "drop":
		return drop(a, b)
	case "path":
		prefix, major, ok := module.SplitPathVersion(string(a))
		return []any{text(module.CheckPath(string(a))), text(module.CheckImportPath(string(a))), prefix, major, ok}
	case "version":
		v := string(a)
		return []any{
			semver.IsValid(v), module.CanonicalVersion(v), semver.Major(v), semver.Prerelease(v) != "",
			semver.Build(v) == "+incompatible", module.IsPseudoVersion(v), text(module.CheckPathMajor(v, b)),
		}
	case "compare":
		return []any{semver.Compare(string(a), b), gover.Compare(string(a), b), modfile.GoVersionRE.MatchString(string(a)), gover.Lang(string(a))}
	}
	panic("unknown op " + op)
}

// drop prints the file without the lines that begin at the bytes of places, as "go mod edit" would.
func drop(text []byte, places string) any {
	f, err := modfile.ParseLax("go.mod", text, nil)
	if err != nil {
		return nil
	}
	gone := map[int]bool{}
	for _, place := range strings.Fields(places) {
		at, err := strconv.Atoi(place)
		if err != nil {
			panic(err)
		}
		gone[at] = true
	}
	remove := func(line *modfile.Line) {
		if gone[line.Start.Byte] {
			line.Token, line.Comments.Suffix = nil, nil
		}
	}
	for _, statement := range f.Syntax.Stmt {
		switch statement := statement.(type) {
		case *modfile.Line:
			remove(statement)
		case *modfile.LineBlock:
			for _, line := range statement.Line {
				remove(line)
			}
		}
	}
	f.Syntax.Cleanup()
	return string(modfile.Format(f.Syntax))
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func messages(err error) []any {
	var list modfile.ErrorList
	if !errors.As(err, &list) {
		panic(err)
	}
	var found []any
	for _, e := range list {
		line, column := e.Pos.Line, e.Pos.LineRune
		e.Filename, e.Pos = "", modfile.Position{}
		found = append(found, []any{line, column, e.Error()})
	}
	return found
}

type replacement struct{ Old, New module.Version }

type requirement struct {
	Path, Version string
	Indirect      bool `json:",omitempty"`
}

type retraction struct {
	Low, High string
	Rationale string `json:",omitempty"`
}

type path struct{ Path string }

type setting struct{ Key, Value string }

func modJSON(f *modfile.File) any {
	var out struct {
		Module struct {
			Path       string
			Deprecated string `json:",omitempty"`
		}
		Go        string    `json:",omitempty"`
		Toolchain string    `json:",omitempty"`
		GoDebug   []setting `json:",omitempty"`
		Require   []requirement
		Exclude   []module.Version
		Replace   []replacement
		Retract   []retraction
		Tool      []path
		Ignore    []path
	}
	if f.Module != nil {
		out.Module.Path, out.Module.Deprecated = f.Module.Mod.Path, f.Module.Deprecated
	}
	if f.Go != nil {
		out.Go = f.Go.Version
	}
	if f.Toolchain != nil {
		out.Toolchain = f.Toolchain.Name
	}
	for _, g := range f.Godebug {
		out.GoDebug = append(out.GoDebug, setting{g.Key, g.Value})
	}
	for _, r := range f.Require {
		out.Require = append(out.Require, requirement{r.Mod.Path, r.Mod.Version, r.Indirect})
	}
	for _, x := range f.Exclude {
		out.Exclude = append(out.Exclude, x.Mod)
	}
	for _, r := range f.Replace {
		out.Replace = append(out.Replace, replacement{r.Old, r.New})
	}
	for _, r := range f.Retract {
		out.Retract = append(out.Retract, retraction{r.Low, r.High, r.Rationale})
	}
	for _, t := range f.Tool {
		out.Tool = append(out.Tool, path{t.Path})
	}
	for _, i := range f.Ignore {
		out.Ignore = append(out.Ignore, path{i.Path})
	}
	return out
}

func workJSON(f *modfile.WorkFile) any {
	var out struct {
		Go      string `json:",omitempty"`
		Use     []struct{ DiskPath string }
		Replace []replacement
		// What "go work edit -json" leaves out up to Go 1.26.
		Toolchain string `json:",omitempty"`
		Godebug   []setting
	}
	if f.Go != nil {
		out.Go = f.Go.Version
	}
	if f.Toolchain != nil {
		out.Toolchain = f.Toolchain.Name
	}
	for _, g := range f.Godebug {
		out.Godebug = append(out.Godebug, setting{g.Key, g.Value})
	}
	for _, u := range f.Use {
		out.Use = append(out.Use, struct{ DiskPath string }{u.Path})
	}
	for _, r := range f.Replace {
		out.Replace = append(out.Replace, replacement{r.Old, r.New})
	}
	return out
}
